package event_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ringback/ivr/event"
)

func TestVerify(t *testing.T) {
	body := []byte(`{"version":1}`)
	good := event.Sign(body, start, secret)
	for name, c := range map[string]struct {
		header  string
		body    string
		at      time.Duration
		secrets []string
		want    error
	}{
		"as it was signed":         {header: good},
		"within the window":        {header: good, at: event.Tolerance},
		"our clock is behind":      {header: good, at: -event.Tolerance},
		"one of two secrets":       {header: good, secrets: []string{secretOld, secret}},
		"signed with two":          {header: event.Sign(body, start, secretOld, secret)},
		"a scheme of later":        {header: good + ",v2=zz"},
		"replayed":                 {header: good, at: event.Tolerance + time.Second, want: event.ErrStale},
		"from the future":          {header: good, at: -event.Tolerance - time.Second, want: event.ErrStale},
		"another body":             {header: good, body: `{"version":2}`, want: event.ErrForged},
		"another secret":           {header: good, secrets: []string{secretOld}, want: event.ErrForged},
		"no secret":                {header: event.Sign(body, start, ""), secrets: []string{""}, want: event.ErrForged},
		"another time":             {header: strings.Replace(good, fmt.Sprint(start.Unix()), fmt.Sprint(start.Unix()+1), 1), want: event.ErrForged},
		"no header":                {want: event.ErrMalformed},
		"no signature":             {header: "t=" + fmt.Sprint(start.Unix()), want: event.ErrMalformed},
		"no time":                  {header: good[strings.Index(good, ",")+1:], want: event.ErrMalformed},
		"two times":                {header: "t=1," + good, want: event.ErrMalformed},
		"not hex":                  {header: "t=1,v1=zz", want: event.ErrMalformed},
		"half a signature":         {header: good[:len(good)-2], want: event.ErrMalformed},
		"no pairs":                 {header: "hello", want: event.ErrMalformed},
		"a time that is no number": {header: "t=now" + good[strings.Index(good, ","):], want: event.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if c.secrets == nil {
				c.secrets = []string{secret}
			}
			if c.body == "" {
				c.body = string(body)
			}
			if err := event.Verify(c.header, []byte(c.body), start.Add(c.at), event.Tolerance, c.secrets...); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// The scheme itself, computed by another hand:
// printf '1795878000.{}' | openssl dgst -sha256 -hmac secret-secret-secret-secret-secret.
func TestSignIsTheSchemeOfTheDocs(t *testing.T) {
	const want = "t=1795878000,v1=fb6e449b64df4b79ffbaaeaa83871f6648dd2f3ba20c064c993162083c27d445"
	if got := event.Sign([]byte("{}"), time.Unix(1795878000, 0), secret); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(event.Sign([]byte("{}"), start, secret, secretOld), []byte("{}"))
	f.Add("t=1,v1=00,v1=", []byte{})
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		// What is taken is taken for this secret and this body, and for no others.
		if event.Verify(header, body, start, event.Tolerance, secret) != nil {
			return
		}
		if event.Verify(header, append(body, ' '), start, event.Tolerance, secret) == nil {
			t.Errorf("%q signs more than one body", header)
		}
		if event.Verify(header, body, start, event.Tolerance, secret+"x") == nil {
			t.Errorf("%q is signed with any secret", header)
		}
	})
}

func ExampleVerify() {
	body := []byte(`{"version":1,"type":"frozen"}`)
	now := time.Now()
	header := event.Sign(body, now, "a secret of 32 characters or more") // comes with the request
	fmt.Println(event.Verify(header, body, now, event.Tolerance, "a secret of 32 characters or more"))
	fmt.Println(event.Verify(header, []byte("{}"), now, event.Tolerance, "a secret of 32 characters or more"))
	// Output:
	// <nil>
	// no signature is of a secret of ours
}
