package duo

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"time"
)

// dateLayout is RFC 2822, as Duo's own clients write it.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0000"

func formatDate(t time.Time) string { return t.UTC().Format(dateLayout) }

// canonicalQuery is the query as it is signed and as it is sent: sorted, and
// escaped by RFC 3986, where a space is %20.
func canonicalQuery(q url.Values) string {
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}

// authorization is the header of a request signed the v5 way. The last line of
// what is signed stands for the X-Duo-* headers, of which we send none.
func (c *Client) authorization(date, method, path, query string, body []byte) string {
	canonical := strings.Join([]string{
		date, method, strings.ToLower(c.base.Host), path, query, sha512Hex(body), sha512Hex(nil),
	}, "\n")
	mac := hmac.New(sha512.New, []byte(c.secretKey))
	mac.Write([]byte(canonical))
	signature := hex.EncodeToString(mac.Sum(nil))
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.integrationKey+":"+signature))
}

func sha512Hex(b []byte) string {
	sum := sha512.Sum512(b)
	return hex.EncodeToString(sum[:])
}
