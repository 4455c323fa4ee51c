"""Takes secrets out of HARs: learns them by where they stand, and replaces them wherever they occur."""
