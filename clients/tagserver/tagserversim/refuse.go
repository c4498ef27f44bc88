package tagserversim

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// refusal is an answer that is not a success, as a problem document.
type refusal struct {
	status, after          int
	title, detail, message string
	params                 string
	fields                 []fieldError
}

type fieldError struct {
	Object  string `json:"objectName"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (no *refusal) Error() string { return no.message }

var (
	unreadable = &refusal{status: http.StatusBadRequest, title: "Bad Request", detail: "Failed to read request", message: "error.http.400"}
	noJSON     = &refusal{status: http.StatusUnsupportedMediaType, title: "Unsupported Media Type", message: "error.http.415"}
	unsigned   = &refusal{status: http.StatusUnauthorized, title: "Unauthorized", detail: "Full authentication is required to access this resource", message: "error.http.401"}
	forbidden  = &refusal{status: http.StatusForbidden, title: "Forbidden", detail: "Access Denied", message: "error.http.403"}
	missing    = &refusal{status: http.StatusNotFound, title: "Not Found", detail: "404 NOT_FOUND", message: "error.http.404"}
	// data is every violation of a constraint of the database: the generated translator
	// knows none of them.
	data = &refusal{status: http.StatusInternalServerError, title: "Internal Server Error", detail: "Failure during data access", message: "error.http.500"}
)

// alert is a BadRequestAlertException.
func alert(entity, key string) *refusal {
	return &refusal{status: http.StatusBadRequest, title: "Bad Request", detail: "Invalid request", message: "error." + key, params: entity}
}

func invalid(faults []fieldError) *refusal {
	return &refusal{status: http.StatusBadRequest, title: "Method argument not valid", message: "error.validation", fields: faults}
}

// handled is how a server answers whose makers have added handlers.
func handled(status int, entity, key string) *refusal {
	no := alert(entity, key)
	if no.status = status; status == http.StatusConflict {
		no.title = "Conflict"
	}
	return no
}

// refused tells an error as the server does.
func refused(w http.ResponseWriter, err error) (status int, body any) {
	no := unreadable
	if own, ok := errors.AsType[*refusal](err); ok {
		no = own
	} else if errors.Is(err, simkit.ErrMissing) {
		no = missing
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if no.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(no.after))
	}
	if no.params != "" {
		w.Header().Set("X-tagserverApp-error", no.message)
		w.Header().Set("X-tagserverApp-params", no.params)
	}
	out := map[string]any{
		"type": "https://www.jhipster.tech/problem/problem-with-message", "title": no.title, "status": no.status, "message": no.message,
	}
	if no.detail != "" {
		out["detail"] = no.detail
	}
	if no.params != "" {
		out["params"] = no.params
	}
	if no.fields != nil {
		out["type"], out["fieldErrors"] = "https://www.jhipster.tech/problem/constraint-violation", no.fields
	}
	return no.status, out
}
