package console

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/goccy/go-yaml"
)

// Account is a local account of the desk, for trying out.
type Account struct {
	ID       string // of the agent in the configuration, if the account takes calls
	Name     string
	Role     Role
	Password string // argon2id, in PHC form
}

//go:embed sample.yaml
var sample string

// SampleAccounts is an accounts file for trying out: two agents and a lead, whose
// password everybody knows. Never use it where real people call.
func SampleAccounts() []byte { return []byte(sample) }

// The bounds of a hash's cost, so that no file can stop the desk, or be weak.
const (
	minMemory = 8 << 10   // KiB
	maxMemory = 128 << 10 // KiB
	maxPasses = 10
)

// ParseAccounts reads an accounts file and reports every mistake, without
// repeating a value of it.
func ParseAccounts(name string, data []byte) ([]Account, error) {
	var doc struct {
		Accounts []struct {
			ID       string `yaml:"id"`
			Name     string `yaml:"name"`
			Role     string `yaml:"role"`
			Password string `yaml:"password"`
		} `yaml:"accounts"`
	}
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("accounts file %s: %s", name, yaml.FormatError(err, false, false))
	}
	var list []Account
	var errs []error
	seen := map[string]bool{}
	for i, a := range doc.Accounts {
		role, err := ParseRole(a.Role)
		switch {
		case !regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`).MatchString(a.ID):
			err = errors.New("id: a lower case letter, then up to 31 of a-z, 0-9, - and _")
		case seen[a.ID]:
			err = errors.New("id: is in the file twice")
		case strings.TrimSpace(a.Name) == "":
			err = errors.New("name: is missing")
		case err != nil:
			err = fmt.Errorf("role: %w", err)
		default:
			err = checkHash(a.Password)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("accounts file %s: accounts[%d].%w", name, i, err))
		}
		seen[a.ID] = true
		list = append(list, Account{ID: a.ID, Name: a.Name, Role: role, Password: a.Password})
	}
	if len(list) == 0 {
		errs = append(errs, fmt.Errorf("accounts file %s: it has no accounts", name))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return list, nil
}

func checkHash(hash string) error {
	p, _, _, err := argon2id.DecodeHash(hash)
	switch {
	case err != nil:
		return errors.New("password: is not an argon2id hash, such as $argon2id$v=19$m=19456,t=2,p=1$…")
	case p.Memory < minMemory || p.Memory > maxMemory || p.Iterations < 1 || p.Iterations > maxPasses || p.Parallelism > 8 || p.KeyLength < 16:
		return errors.New("password: the costs of its hash are out of range (m=8192 to 131072, t=1 to 10)")
	}
	return nil
}

// accounts checks passwords, two at once: each takes memory and a core.
type accounts struct {
	byID  map[string]Account
	dummy string // compared for names that nobody has
	slots chan struct{}
}

func newAccounts(list []Account) (*accounts, error) {
	a := &accounts{byID: map[string]Account{}, slots: make(chan struct{}, 2)}
	for _, one := range list {
		if err := checkHash(one.Password); err != nil {
			return nil, fmt.Errorf("account %s: %w", one.ID, err)
		}
		a.byID[one.ID] = one
		a.dummy = one.Password // the costs of a real one: an unknown name takes as long
	}
	return a, nil
}

// maxPassword bounds what is hashed.
const maxPassword = 256

// match says whose password it is; ok is false for a wrong one, and for a name
// that nobody has, after the same work.
func (a *accounts) match(ctx context.Context, id, password string) (found Account, ok bool, err error) {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return Account{}, false, fmt.Errorf("wait for a hash: %w", context.Cause(ctx))
	}
	defer func() { <-a.slots }()
	found, known := a.byID[id]
	hash := found.Password
	if !known {
		hash = a.dummy
	}
	ok, err = argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return Account{}, false, fmt.Errorf("compare with hash: %w", err)
	}
	return found, ok && known, nil
}
