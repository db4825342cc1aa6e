"""Everything that goes by mail: the intake that staff write to, and the letters that leave."""
