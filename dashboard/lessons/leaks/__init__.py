"""The leak laboratory: what makes a validation score lie."""
