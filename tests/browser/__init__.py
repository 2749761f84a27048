"""Tests of the Admin Center in a real Chromium, over a whole stack."""
