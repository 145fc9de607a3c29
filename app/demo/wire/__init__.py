"""The wire half: Oracle's protocol on a socket, from the first packet to the last row."""
