package carrier

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// overrides are the connection overrides in the fragment of a webhook's URL; see
// https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
type overrides struct {
	retries     int
	policy      []string // ct, rt, 4xx, 5xx, all
	read, total time.Duration
}

// overridesOf reads the fragment; what is not there or out of range is Twilio's
// default.
func overridesOf(rawURL string) overrides {
	o := overrides{retries: 1, policy: []string{"ct"}, read: 15 * time.Second, total: 15 * time.Second}
	_, fragment, _ := strings.Cut(rawURL, "#")
	for pair := range strings.SplitSeq(fragment, "&") {
		key, value, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(value)
		switch {
		case key == "rp" && value != "":
			o.policy = strings.Split(value, ",")
		case err != nil:
		case key == "rc" && n >= 0 && n <= 5:
			o.retries = n
		case key == "rt" && n >= 100 && n <= 15000:
			o.read = time.Duration(n) * time.Millisecond
		case key == "tt" && n >= 100 && n <= 15000:
			o.total = time.Duration(n) * time.Millisecond
		}
	}
	return o
}

// covers reports whether a failure of that class is tried again.
func (o overrides) covers(class string) bool {
	return class != "" && (slices.Contains(o.policy, class) || slices.Contains(o.policy, "all"))
}

// errRelative is a relative URL with nothing to resolve it against.
var errRelative = errors.New("a relative URL where only an absolute one can be")

// resolve makes a URL absolute. The fragment stays.
func resolve(base, ref string) (string, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return "", errors.New("a URL that cannot be parsed")
	}
	if u.Host == "" {
		b, err := url.Parse(base)
		if err != nil || b.Host == "" {
			return "", errRelative
		}
		u = b.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("a URL with the scheme %q", u.Scheme)
	}
	return u.String(), nil
}

// sortQuery puts the pairs of a query in the order of their keys without
// touching how they are escaped.
func sortQuery(raw string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	slices.SortStableFunc(pairs, func(a, b string) int {
		ka, _, _ := strings.Cut(a, "=")
		kb, _, _ := strings.Cut(b, "=")
		return strings.Compare(ka, kb)
	})
	return strings.Join(pairs, "&")
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}
