package duo

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// envelope is what every answer of Duo is wrapped in.
type envelope struct {
	Stat     lenientString   `json:"stat"`
	Code     lenientInt      `json:"code"`
	Response json.RawMessage `json:"response"`
}

// decode unwraps an answer. Only stat OK under a good status is a yes.
func decode[T any](r request, status int, body []byte) (v T, e *Error) {
	var env envelope
	if json.Unmarshal(body, &env) != nil {
		return v, unanswered(r.op, r.write(), status)
	}
	switch {
	case env.Stat == "FAIL":
		return v, answered(r.op, status, int(env.Code))
	case env.Stat != "OK" || status < 200 || status >= 300:
		return v, unanswered(r.op, r.write(), status)
	case len(env.Response) == 0:
		return v, nil // some writes respond with nothing; readers look for what they need
	case json.Unmarshal(env.Response, &v) != nil:
		return v, unanswered(r.op, r.write(), status)
	}
	return v, nil
}

// lenientString is a string; anything else in its place is "".
type lenientString string

// UnmarshalJSON takes any value.
func (s *lenientString) UnmarshalJSON(b []byte) error {
	*s = ""
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(s))
	}
	return nil
}

// lenientInt is a whole number, also in quotes; anything else is 0. Duo writes
// some codes as "".
type lenientInt int

// UnmarshalJSON takes any value.
func (n *lenientInt) UnmarshalJSON(b []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(b), `"`))
	if err != nil {
		v = 0
	}
	*n = lenientInt(v)
	return nil
}

// lenientBool is true for true, "true", 1 and "1"; anything else is false.
type lenientBool bool

// UnmarshalJSON takes any value.
func (v *lenientBool) UnmarshalJSON(b []byte) error {
	t := strings.Trim(string(b), `"`)
	*v = t == "true" || t == "1"
	return nil
}

// lenientList is a list; anything else in its place is empty. Its elements are
// decoded as strictly as their type wants.
type lenientList[T any] []T

// UnmarshalJSON takes a list of T, or anything that is no list.
func (l *lenientList[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	if bytes.HasPrefix(b, []byte("[")) {
		return json.Unmarshal(b, (*[]T)(l))
	}
	return nil
}

// nothing is the response of requests that only have an outcome.
type nothing struct{}

// UnmarshalJSON takes any value.
func (*nothing) UnmarshalJSON([]byte) error { return nil }

// lenientMap is an object with strings in it; anything else is empty.
type lenientMap map[string]lenientString

// UnmarshalJSON takes an object, or anything that is none.
func (m *lenientMap) UnmarshalJSON(b []byte) error {
	*m = nil
	if bytes.HasPrefix(b, []byte("{")) {
		return json.Unmarshal(b, (*map[string]lenientString)(m))
	}
	return nil
}

// values are the strings in the order of their keys.
func (m lenientMap) values() []lenientString {
	var vs []lenientString
	for _, k := range slices.Sorted(maps.Keys(m)) {
		vs = append(vs, m[k])
	}
	return vs
}
