package duo_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/duo"
)

// transport is a round tripper in a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The signatures are those of Duo's own Python client for the same requests.
func TestSignature(t *testing.T) {
	const ikey, skey = "DIWJ8X6AEYOR5OMC6TQ1", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"
	tests := []struct {
		name      string
		call      func(context.Context, *duo.Client) error
		request   string
		body      string
		signature string
	}{
		{
			name: "POST with a JSON body",
			call: func(ctx context.Context, c *duo.Client) error {
				_, err := c.ActivationURL(ctx, "DPFZRS9FB0D46QFTM899", 3600)
				return err
			},
			request:   "POST https://api-XXXXXXXX.duosecurity.com/admin/v1/phones/DPFZRS9FB0D46QFTM899/activation_url",
			body:      `{"install":"1","valid_secs":"3600"}`,
			signature: "fb1dc79046e8552a45cd4cb633fc7bf37a7fe92c0f7c078c9887bd29210d36e25579ea2629e7fa6918eabeda5b2c94ad1fe404ca89e9ff1976c66a692ee9511f",
		},
		{
			name: "GET with a query",
			call: func(ctx context.Context, c *duo.Client) error {
				_, err := c.UserByUsername(ctx, "jsmith")
				return err
			},
			request:   "GET https://api-XXXXXXXX.duosecurity.com/admin/v1/users?username=jsmith",
			signature: "a3902522d5fa8c5eb9aaec8731123aa1428df3536b20e0afd68644df0a100608dbec8853a5851362f0c0de2d865ac50ec04972c7677cda45bf2ecec7eb061909",
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var request, body, authorization, date string
			var length int64
			c, err := duo.New(duo.Options{
				APIHost: "api-XXXXXXXX.duosecurity.com", IntegrationKey: ikey, SecretKey: skey,
				Clock: clock.NewVirtual(time.Date(2012, 8, 21, 17, 29, 18, 0, time.UTC)),
				HTTPClient: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
					b, _ := io.ReadAll(r.Body)
					request, body, length = r.Method+" "+r.URL.String(), string(b), r.ContentLength
					authorization, date = r.Header.Get("Authorization"), r.Header.Get("Date")
					return &http.Response{StatusCode: 400, Body: io.NopCloser(strings.NewReader(`{"stat":"FAIL","code":40002}`))}, nil
				})},
			})
			if err != nil {
				t.Fatal(err)
			}
			mustBe(t, tc.call(t.Context(), c), duo.ErrInvalid)
			want := "Basic " + base64.StdEncoding.EncodeToString([]byte(ikey+":"+tc.signature))
			if authorization != want {
				t.Errorf("Authorization = %q, want %q", authorization, want)
			}
			if date != "Tue, 21 Aug 2012 17:29:18 -0000" {
				t.Errorf("Date = %q", date)
			}
			if request != tc.request || body != tc.body || length != int64(len(tc.body)) {
				t.Errorf("sent %q, %q (length %d)", request, body, length)
			}
		})
	}
}
