"""Operations on payment links."""
