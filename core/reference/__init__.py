"""The reference network: a backbone that knows photographs, and a head that learned X-rays."""
