"""Decides by measurements which release goes live and which configuration is the champion."""
