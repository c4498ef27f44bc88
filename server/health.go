package server

import (
	"io"
	"net/http"
)

// alive says that the process answers, whatever else is away.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "touchline is up\n") // the caller has gone
}
