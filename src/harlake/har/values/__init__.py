"""What an odd value of a HAR means: the one reading that index, filling, replay and validation share."""
