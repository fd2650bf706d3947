package ldap

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ringback/ivr/caller"
)

const (
	pageSize = 500 // servers often send no more than 1000 at once
	pageTime = 30 * time.Second
)

// Each asks for everybody who has an ID, by the configured filter with any value
// in the place of the ID, a page after another, on a connection of its own.
func (d *Directory) Each(ctx context.Context, f func(caller.Person) error) error {
	c, err := d.dial(ctx)
	if err != nil {
		return fmt.Errorf("ldap: list: %w", err)
	}
	defer c.close()
	paging := ldap.NewControlPaging(pageSize)
	req := ldap.NewSearchRequest(d.c.BaseDN, scopes()[d.c.Scope], ldap.NeverDerefAliases,
		0, int(pageTime/time.Second), false, strings.ReplaceAll(d.c.Filter, placeholder, "*"), d.attributes, []ldap.Control{paging})
	for {
		res, err := d.page(ctx, c, req)
		if err != nil {
			return fmt.Errorf("ldap: list: %w", err)
		}
		for _, e := range res.Entries {
			r, err := d.record(e)
			if err != nil {
				r.IDs = nil // left out below
			}
			if err := d.intake.Each(ctx, r, f); err != nil {
				return fmt.Errorf("ldap: list: %w", err)
			}
		}
		next, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
}

// page asks for the next page.
func (d *Directory) page(ctx context.Context, c *conn, req *ldap.SearchRequest) (res *ldap.SearchResult, err error) {
	began := time.Now()
	defer func() { d.observe(opList, err, began) }()
	ctx, cancel := context.WithTimeoutCause(ctx, pageTime, errRequestTimeout)
	defer cancel()
	err = c.within(ctx, func() (err error) {
		res, err = c.ldap.Search(req)
		return err //nolint:wrapcheck // within makes it plain
	})
	if err == nil && len(res.Referrals) > 0 {
		err = fmt.Errorf("%w: it refers to another server", errAnswer)
	}
	return res, err
}
