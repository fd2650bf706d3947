package sql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/sql"
	"ringback/ivr/secret"
)

func TestConfigCheck(t *testing.T) {
	ca := directorytest.NewAuthority(t).File()
	secure := func(c *sql.Config, url string) { c.URL = secret.New(url) }
	for _, tt := range []struct {
		name   string
		change func(*sql.Config)
		want   string // path: message; "": nothing is wrong
	}{
		{"what is needed", func(*sql.Config) {}, ""},
		{"everything", func(c *sql.Config) {
			c.CAFile, c.PhoneRegion, c.ConnectTimeout, c.RequestTimeout, c.Connections = ca, "US", time.Second, time.Second, 8
		}, ""},
		{"several hosts", func(c *sql.Config) {
			secure(c, "postgresql://u:5ecre7@a.example.edu,b.example.edu:5433/x?sslmode=verify-full")
		}, ""},
		{"loopback", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@127.0.0.1/x?sslmode=disable") }, ""},
		{"a socket", func(c *sql.Config) { secure(c, "postgres:///x?host=/run/postgresql&sslmode=disable") }, ""},
		{"no URL", func(c *sql.Config) { c.URL = secret.Text{} }, "url: is missing"},
		{"another database", func(c *sql.Config) { secure(c, "mysql://u:5ecre7@h/x") }, "url: must begin with postgres://"},
		{"words", func(c *sql.Config) { secure(c, "host=h user=u password=5ecre7") }, "url: must begin with postgres://"},
		{"no URL at all", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h:port/x") }, "url: is not a URL"},
		{"a mode", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h/x?sslmode=maybe") }, "url: is not a URL"},
		{"in the clear", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h/x?sslmode=disable") }, "url: would send people"},
		{"perhaps in the clear", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h/x") }, "url: would send people"},
		{"to anybody", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h/x?sslmode=require") }, "url: would send people"},
		{"to any of the authority's", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h/x?sslmode=verify-ca") }, "url: would send people"},
		{"with an authority and still to anybody", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@h/x?sslmode=require"); c.CAFile = ca }, "url: would send people"},
		{"a loopback that is none", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@127.0.0.1.example.edu/x?sslmode=disable") }, "url: would send people"},
		{"one of two in the clear", func(c *sql.Config) { secure(c, "postgres://u:5ecre7@127.0.0.1,h/x?sslmode=disable") }, "url: would send people"},
		{"no CA file", func(c *sql.Config) { c.CAFile = "/no/such/file" }, "ca_file: cannot be read"},
		{"no query", func(c *sql.Config) { c.Query = " " }, "query: is missing"},
		{"a query for everybody", func(c *sql.Config) { c.Query = "select id from people" }, "query: must have the place $1"},
		{"a country", func(c *sql.Config) { c.PhoneRegion = "Ruritania" }, "phone_region: is not a country"},
		{"no time to connect", func(c *sql.Config) { c.ConnectTimeout = time.Millisecond }, "connect_timeout: must be between"},
		{"too much time", func(c *sql.Config) { c.RequestTimeout = time.Minute }, "request_timeout: must be between"},
		{"too many", func(c *sql.Config) { c.Connections = 65 }, "connections: must be between"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := sql.Config{URL: secret.New("postgres://u:5ecre7@db.example.edu/x?sslmode=verify-full"), Query: "select $1"}
			tt.change(&c)
			var got []string
			c.Check(func(path, message string) { got = append(got, path+": "+message) })
			all := strings.Join(got, "\n")
			if tt.want == "" && all != "" || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(all, tt.want)) {
				t.Errorf("got %q, want %q", all, tt.want)
			}
			if tt.want != "" { // what is right would be connected to
				if _, err := c.Open(t.Context(), caller.Tools{}); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("open: err = %v, want %q", err, tt.want)
				}
			}
			if strings.Contains(fmt.Sprintf("%+v %#v", c, c)+all, "5ecre7") {
				t.Error("the password prints")
			}
		})
	}
}
