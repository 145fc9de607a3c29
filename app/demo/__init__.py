"""An embedded server that speaks Oracle's wire protocol, with sample data; always a child process."""
