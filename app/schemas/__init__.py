"""The words on the wire: what services return and both doors show, one file a feature."""
