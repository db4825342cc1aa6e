"""What the product can do: the operations every front shares, the grammar, and the ports to the outside."""
