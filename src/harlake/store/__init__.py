"""Where captures and their catalog live. Nothing outside knows the files of a data folder, or a path to them."""
