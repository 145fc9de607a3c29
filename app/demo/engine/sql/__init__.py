"""Oracle's SQL, read by hand: text -> tokens -> nodes, with Oracle's own complaints at Oracle's own positions."""
