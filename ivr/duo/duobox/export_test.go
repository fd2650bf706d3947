package duobox

import "net/http"

// Authenticate is authenticate, by the code of its failure or 0.
func (b *Box) Authenticate(r *http.Request, body string) int {
	if _, f := b.authenticate(r, []byte(body)); f != nil {
		return f.code
	}
	return 0
}

// LogKept is how many entries the log keeps at least.
const LogKept = logKept
