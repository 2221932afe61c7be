"""What tests share: readers, builders and servers used by more than one test module."""
