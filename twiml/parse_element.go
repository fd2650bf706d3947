package twiml

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// children reads the content of an element up to its end tag, giving each
// child element to onChild, which reads it whole, and text to onText. A nil
// function refuses that kind of content; white space is refused nowhere.
func (p *parser) children(start xml.StartElement, onChild func(xml.StartElement) error, onText func(string)) error {
	elem := name(start.Name)
	p.depth++
	if p.depth > maxDepth {
		return p.fail(CodeSchema, elem, "nested too deeply")
	}
	for {
		tok, err := p.token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.EndElement:
			p.depth--
			if p.depth == 0 {
				p.depth = -1
			}
			return nil
		case xml.StartElement:
			if onChild == nil {
				return p.fail(CodeSchema, name(t.Name), "not allowed in <"+elem+">, which takes no elements")
			}
			if err := onChild(t); err != nil {
				return err
			}
		case xml.CharData:
			if onText != nil {
				onText(clean(string(t)))
			} else if len(bytes.TrimSpace(t)) > 0 {
				return p.fail(CodeSchema, elem, "text is not allowed here")
			}
		}
	}
}

// text reads an element that holds nothing but text, white space kept.
func (p *parser) text(start xml.StartElement) (string, error) {
	var s string
	err := p.children(start, nil, func(t string) { s += t })
	return s, err
}

// trimmed reads an element that holds a URL, a number or a name.
func (p *parser) trimmed(start xml.StartElement) (string, error) {
	s, err := p.text(start)
	return strings.TrimSpace(s), err
}

// empty reads an element that holds nothing.
func (p *parser) empty(start xml.StartElement) error { return p.children(start, nil, nil) }

// notAllowed refuses an element that is unknown, or known but not here.
func (p *parser) notAllowed(start xml.StartElement, parent string) error {
	return p.fail(CodeSchema, name(start.Name), "unknown, or not allowed in <"+parent+">")
}
