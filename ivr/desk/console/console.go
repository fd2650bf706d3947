package console

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

//go:embed assets
var assets embed.FS

//go:embed templates
var templates embed.FS

// Console is the web desk. Make one with [New]. It is safe for concurrent use,
// and several may share their stores.
type Console struct {
	Options
	secure   bool   // cookies are
	origin   string // our own
	pages    map[string]*template.Template
	accounts *accounts
	oidc     *provider // nil: there is none
	hub      *hub
	metrics  *metrics
}

// New checks the options and prepares the pages. It does not ask the OIDC
// provider yet: the desk starts without it, too. The caller closes the console.
func New(o Options) (*Console, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("console options: %w", err)
	}
	o = o.withDefaults()
	u, err := url.Parse(o.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("console options: public URL: %w", err)
	}
	c := &Console{Options: o, secure: u.Scheme == "https", origin: u.Scheme + "://" + u.Host}
	if c.pages, err = parsePages(); err != nil {
		return nil, err
	}
	if c.accounts, err = newAccounts(o.Accounts); err != nil {
		return nil, err
	}
	if o.OIDC != nil {
		c.oidc = newProvider(*o.OIDC, o.PublicURL+pathCallback, o.HTTPClient, o.Clock.Now)
	}
	c.hub = newHub(o.Floor, o.Tick, o.Logger)
	if o.Numbers != nil {
		c.hub.list = o.Numbers.List
	}
	c.metrics = newMetrics(o.Registerer, o.Roster)
	return c, nil
}

// Mount adds the routes.
func (c *Console) Mount(e *echo.Echo) {
	for _, r := range routes() {
		e.Add(r.method, r.path, c.door(r))
	}
}

// Close ends the event streams and waits for what feeds them. It has to be called
// before a server that waits for its connections can stop.
func (c *Console) Close(context.Context) error {
	c.hub.close()
	return nil
}

// asset serves one embedded file.
func asset(name, contentType string) func(*Console, *exchange) error {
	return func(_ *Console, x *exchange) error {
		b, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return internal(fmt.Errorf("read asset: %w", err))
		}
		x.Response().Header().Set("Cache-Control", "no-cache")
		return x.Blob(http.StatusOK, contentType, b)
	}
}
