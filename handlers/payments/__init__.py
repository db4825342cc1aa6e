"""Operations on money: opening checkouts, settling what Stripe says, closing links against it."""
