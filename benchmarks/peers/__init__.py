"""What a user would pick instead of harlake: other programs on the same files, under the same cap of memory."""
