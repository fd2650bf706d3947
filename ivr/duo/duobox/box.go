package duobox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Clock is what the box needs of the time; [ringback/ivr/clock.Clock] has it.
type Clock interface {
	Now() time.Time
	// Sleep returns nil after d, or the context's cause when that comes first.
	Sleep(ctx context.Context, d time.Duration) error
}

// Account is an integration that may call the Admin API.
type Account struct {
	IntegrationKey string
	SecretKey      string
	ReadOnly       bool // lacks "write resource": whatever is not a GET is forbidden
}

// Options configures [New]. Every field without a note is required.
type Options struct {
	Clock     Clock
	Accounts  []Account
	Users     []User    // who is there from the start; none is fine
	PublicURL string    // of the links, no slash at its end; "": http and the host that the API was called by
	Random    io.Reader // of links, ids and codes; nil: crypto/rand
	// OmitPlus writes numbers without their plus, as some of Duo's accounts do.
	OmitPlus bool
}

// Box is the server and all that it keeps. It is safe for concurrent use.
type Box struct {
	clock    Clock
	accounts map[string]Account
	omitPlus bool
	keepOld  bool
	mux      *http.ServeMux

	mu     sync.Mutex
	public string
	random io.Reader
	users  []*User             // their Phones are not used: see owners
	phones []*Phone            // in the order in which they were added
	owners map[string][]string // user id -> phone ids, in order
	links  map[string]*link
	pushes map[string]*push
	fault  Fault
	log    []Entry
	counts map[string]int
}

// New makes a box with its users in it.
func New(o Options) (*Box, error) {
	if o.Clock == nil || len(o.Accounts) == 0 {
		return nil, errors.New("duobox: a clock and an account are required")
	}
	b := &Box{
		clock: o.Clock, omitPlus: o.OmitPlus, random: o.Random,
		accounts: map[string]Account{}, owners: map[string][]string{},
		links: map[string]*link{}, pushes: map[string]*push{}, counts: map[string]int{},
	}
	if b.random == nil {
		b.random = rand.Reader
	}
	for _, a := range o.Accounts {
		if a.IntegrationKey == "" || a.SecretKey == "" {
			return nil, errors.New("duobox: an account lacks a key")
		}
		b.accounts[a.IntegrationKey] = a
	}
	if err := b.SetPublicURL(o.PublicURL); err != nil {
		return nil, err
	}
	for _, u := range o.Users {
		if err := b.AddUser(u); err != nil {
			return nil, err
		}
	}
	b.mux = b.routes()
	return b, nil
}

// SetPublicURL says where the pages are reached, for links made from now on: a
// server's port may be known only after it has been started.
func (b *Box) SetPublicURL(public string) error {
	if public != "" {
		u, err := url.Parse(public)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return errors.New("duobox: the public URL must be http or https with a host")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.public = strings.TrimSuffix(public, "/")
	return nil
}

// publicURL is the base of a link made for a request.
func (b *Box) publicURL(r *http.Request) string {
	if b.public != "" {
		return b.public
	}
	return "http://" + r.Host
}

// Alphabets of what is random.
const (
	digits  = "0123456789"
	idChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
)

// token is n random characters of an alphabet; b.mu is held.
func (b *Box) token(n int, alphabet string) (string, error) {
	out := make([]byte, 0, n)
	var one [1]byte
	limit := 256 - 256%len(alphabet) // above it, the first characters would come too often
	for len(out) < n {
		if _, err := io.ReadFull(b.random, one[:]); err != nil {
			return "", fmt.Errorf("read random: %w", err)
		}
		if int(one[0]) < limit {
			out = append(out, alphabet[int(one[0])%len(alphabet)])
		}
	}
	return string(out), nil
}
