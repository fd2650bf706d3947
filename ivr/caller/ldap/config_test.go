package ldap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/ldap"
	"ringback/ivr/secret"
)

func TestConfigCheck(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*ldap.Config)
		want   string // path: message; "": nothing is wrong
	}{
		{"what is needed", func(*ldap.Config) {}, ""},
		{"everything", func(c *ldap.Config) {
			c.URLs, c.StartTLS, c.ServerName, c.Scope, c.PhoneRegion = []string{"ldap://a.example.edu:1389", "ldap://b.example.edu"}, true, "x", "one", "US"
			c.Filter, c.ConnectTimeout, c.RequestTimeout, c.Connections = "(&(objectClass=person)(employeeNumber={id}))", time.Second, time.Second, 8
		}, ""},
		{"no server", func(c *ldap.Config) { c.URLs = nil }, "urls: is missing"},
		{"no URL", func(c *ldap.Config) { c.URLs = append(c.URLs, "::") }, "urls[1]: is not a URL"},
		{"no host", func(c *ldap.Config) { c.URLs[0] = "ldaps://" }, "urls[0]: is not a URL"},
		{"another scheme", func(c *ldap.Config) { c.URLs[0] = "ldapi://socket" }, "urls[0]: must begin with ldaps://"},
		{"in the clear", func(c *ldap.Config) { c.URLs[0] = "ldap://ldap.example.edu" }, "urls[0]: would send people in the clear"},
		{"a name that looks like loopback", func(c *ldap.Config) { c.URLs[0] = "ldap://127.0.0.1.example.edu" }, "urls[0]: would send people in the clear"},
		{"in the clear on loopback", func(c *ldap.Config) { c.URLs = []string{"ldap://127.0.0.1", "ldap://localhost", "ldap://[::1]:3"} }, ""},
		{"TLS twice", func(c *ldap.Config) { c.StartTLS = true }, "urls[0]: is TLS from the start"},
		{"a base in the URL", func(c *ldap.Config) { c.URLs[0] += "/dc=example" }, "urls[0]: must be a scheme and a host only"},
		{"a password in the URL", func(c *ldap.Config) { c.URLs[0] = "ldaps://u:5ecre7@h" }, "urls[0]: must be a scheme and a host only"},
		{"no CA file", func(c *ldap.Config) { c.CAFile = "/no/such/file" }, "ca_file: cannot be read"},
		{"an empty CA file", func(c *ldap.Config) { c.CAFile = empty }, "ca_file: has no certificate"},
		{"nobody", func(c *ldap.Config) { c.BindDN = "" }, "bind_dn: is missing"},
		{"no name", func(c *ldap.Config) { c.BindDN = "ringback" }, "bind_dn: is not a distinguished name"},
		{"no password", func(c *ldap.Config) { c.BindPassword = secret.Text{} }, "bind_password: is missing"},
		{"no base", func(c *ldap.Config) { c.BaseDN = "" }, "base_dn: is missing"},
		{"a base that is none", func(c *ldap.Config) { c.BaseDN = "people," }, "base_dn: is not a distinguished name"},
		{"a filter without the ID", func(c *ldap.Config) { c.Filter = "(uid=dana)" }, "filter: must have the place {id} once"},
		{"a filter with two IDs", func(c *ldap.Config) { c.Filter = "(|(uid={id})(employeeNumber={id}))" }, "filter: must have the place {id} once"},
		{"a filter that is none", func(c *ldap.Config) { c.Filter = "employeeNumber={id}" }, "filter: is not a filter"},
		{"a scope", func(c *ldap.Config) { c.Scope = "tree" }, "scope: is unknown"},
		{"an attribute", func(c *ldap.Config) { c.Attributes.Username = "uid)(cn=*" }, "attributes.username: is not an attribute's name"},
		{"an attribute of several", func(c *ldap.Config) { c.Attributes.Phones = []string{"mobile", ""} }, "attributes.phones[1]: is not an attribute's name"},
		{"a country", func(c *ldap.Config) { c.PhoneRegion = "Ruritania" }, "phone_region: is not a country"},
		{"no time to connect", func(c *ldap.Config) { c.ConnectTimeout = time.Millisecond }, "connect_timeout: must be between"},
		{"too much time", func(c *ldap.Config) { c.RequestTimeout = time.Minute }, "request_timeout: must be between"},
		{"too many", func(c *ldap.Config) { c.Connections = 65 }, "connections: must be between"},
		{"fewer than none", func(c *ldap.Config) { c.Connections = -1 }, "connections: must be between"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := ldap.Config{
				URLs: []string{"ldaps://ldap.example.edu"}, BindDN: "cn=ringback,dc=example,dc=edu",
				BindPassword: secret.New("5ecre7"), BaseDN: "ou=people,dc=example,dc=edu",
			}
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
			if strings.Contains(fmt.Sprintf("%+v %#v", c, c)+all, "5ecre7") && !strings.Contains(c.URLs[0], "5ecre7") {
				t.Error("the password prints")
			}
		})
	}
}
