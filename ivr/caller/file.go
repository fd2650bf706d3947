package caller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/nyaruka/phonenumbers"
)

// File is a directory in one YAML file: for trying out, and for a few hundred
// people. Its format is explained in sample.yaml.
type File struct {
	path   string
	people atomic.Pointer[map[string]Person]
}

// filePerson is one entry of the file.
type filePerson struct {
	ID         string      `yaml:"id"`
	Name       string      `yaml:"name"`
	Username   string      `yaml:"username"`
	PINHash    string      `yaml:"pin_hash"`
	Phones     []filePhone `yaml:"phones"`
	Emails     []fileEmail `yaml:"emails"`
	Recovery   []string    `yaml:"recovery_code_hashes"`
	Privileged bool        `yaml:"privileged"`
	Groups     []string    `yaml:"groups"`
	Language   string      `yaml:"language"`
}

type filePhone struct {
	Number string `yaml:"number"`
	Since  string `yaml:"since"`
}

type fileEmail struct {
	Address    string `yaml:"address"`
	OutsideSSO bool   `yaml:"outside_sso"`
}

// OpenFile reads a people file.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	return f, f.Reload()
}

// Reload reads the file again. When it has a mistake, what was read before stays.
func (f *File) Reload() error {
	data, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("people file: %w", err)
	}
	people, err := ParsePeople(f.path, data)
	if err != nil {
		return err
	}
	f.people.Store(&people)
	return nil
}

// NewFile is a directory of a file that is in memory; name is for its errors.
func NewFile(name string, data []byte) (*File, error) {
	people, err := ParsePeople(name, data)
	if err != nil {
		return nil, err
	}
	f := &File{path: name}
	f.people.Store(&people)
	return f, nil
}

// ByID looks in the file.
func (f *File) ByID(_ context.Context, id string) (Person, bool, error) {
	p, ok := (*f.people.Load())[id]
	return p, ok, nil
}

// People are all people of the file, in no order, for the import at the first start.
func (f *File) People() []Person {
	return slices.Collect(maps.Values(*f.people.Load()))
}

// Len is the number of people.
func (f *File) Len() int { return len(*f.people.Load()) }

var _ Directory = (*File)(nil)

// ParsePeople reads a people file: by unique ID. It reports every mistake, each
// as file:line: what is wrong.
func ParsePeople(name string, data []byte) (map[string]Person, error) {
	var doc struct {
		People []filePerson `yaml:"people"`
	}
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("people file %s: %s", name, yaml.FormatError(err, false, false))
	}
	lines := entryLines(data)
	people := make(map[string]Person, len(doc.People))
	var errs []error
	for i, fp := range doc.People {
		p, err := fp.person()
		if _, twice := people[p.ID]; twice && err == nil {
			err = errors.New("this id is in the file twice")
		}
		if err != nil {
			line := 0
			if i < len(lines) {
				line = lines[i]
			}
			errs = append(errs, fmt.Errorf("people file %s:%d: %w", name, line, err))
			continue
		}
		people[p.ID] = p
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return people, nil
}

// entryLines are the lines at which the entries begin.
func entryLines(data []byte) []int {
	file, err := parser.ParseBytes(data, 0)
	if err != nil || len(file.Docs) == 0 {
		return nil
	}
	path, err := yaml.PathString("$.people")
	if err != nil {
		return nil
	}
	node, err := path.FilterNode(file.Docs[0].Body)
	if err != nil {
		return nil
	}
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		return nil
	}
	lines := make([]int, 0, len(seq.Values))
	for _, v := range seq.Values {
		lines = append(lines, v.GetToken().Position.Line)
	}
	return lines
}

func (fp filePerson) person() (Person, error) {
	p := Person{
		ID: fp.ID, Name: fp.Name, Username: fp.Username, PINHash: fp.PINHash, Recovery: fp.Recovery,
		Privileged: fp.Privileged, Groups: fp.Groups, Language: fp.Language,
	}
	switch {
	case p.ID == "" || strings.Trim(p.ID, "0123456789") != "":
		return p, errors.New("id: digits are needed, as they are keyed on the phone; put it in quotes")
	case p.Username == "":
		return p, errors.New("username: the person's name in Duo is needed")
	}
	if err := checkHashes(p.PINHash, p.Recovery); err != nil {
		return p, err
	}
	for _, ph := range fp.Phones {
		phone, err := ph.phone()
		if err != nil {
			return p, err
		}
		p.Phones = append(p.Phones, phone)
	}
	for _, e := range fp.Emails {
		if !strings.Contains(e.Address, "@") {
			return p, errors.New("emails: an address has no @")
		}
		p.Emails = append(p.Emails, Email(e))
	}
	return p, nil
}

func (fp filePhone) phone() (Phone, error) {
	n, err := phonenumbers.Parse(fp.Number, "")
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return Phone{}, errors.New("phones: a number is not in the international form, such as +19195550101")
	}
	ph := Phone{Number: phonenumbers.Format(n, phonenumbers.E164)}
	if fp.Since != "" {
		if ph.Since, err = time.Parse(time.DateOnly, fp.Since); err != nil {
			return Phone{}, errors.New("phones: since is no date such as 2026-01-31")
		}
	}
	return ph, nil
}
