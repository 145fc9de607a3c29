// ReDoc over our own document. Its search needs a worker made from a blob, which our policy does not allow.
Redoc.init("/openapi.json", { disableSearch: true, hideDownloadButton: false }, document.getElementById("redoc"));
