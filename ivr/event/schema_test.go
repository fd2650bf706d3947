package event_test

import (
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ringback/ivr/clock"
	"ringback/ivr/event"
)

// schema is the one that receivers are given.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("../../docs/events.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("events.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("events.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, body string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// Every event that is posted fits the schema, with all parts and with none.
func TestPayloadsFitTheSchema(t *testing.T) {
	s := schema(t)
	for name, include := range map[string][]event.Part{"all parts": event.Parts(), "no parts": nil} {
		v := clock.NewVirtual(start)
		c := receive(t, v, nil)
		r := newRig(t, v, []event.Hook{{Name: "events[0]", URL: c.server.URL, Secret: secret, Types: event.Types(), Include: include}}, nil)
		r.emit(0, samples()...)
		r.emit(0)
		came := c.all()
		if len(came) != len(event.Types()) {
			t.Fatalf("%s: %d events came, want one of each of the %d types", name, len(came), len(event.Types()))
		}
		for _, q := range came {
			if err := valid(t, s, string(q.body)); err != nil {
				t.Errorf("%s: %s\n%v", name, q.body, err)
			}
		}
	}
}

// The schema is no rubber stamp.
func TestSchemaCanFail(t *testing.T) {
	s := schema(t)
	const good = `{"version":1,"id":"evt_00112233445566778899aabbccddeeff","type":"frozen","at":"2026-11-24T15:00:00.000Z","subject":"1f2e3d4c5b6a7988","data":{"by":"line","why":"reported"}}`
	if err := valid(t, s, good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another version":   {`"version":1`, `"version":2`},
		"an unknown type":   {`"type":"frozen"`, `"type":"melted"`},
		"a key too many":    {`"data"`, `"number":"+19195550101","data"`},
		"data of another":   {`"type":"frozen"`, `"type":"callback_due"`},
		"data too many":     {`"by":"line"`, `"by":"line","reason":"free text"`},
		"an unknown reason": {`reported`, `because`},
		"no subject":        {`"subject":"1f2e3d4c5b6a7988",`, ``},
		"a local time":      {`000Z`, `000+01:00`},
	} {
		if valid(t, s, strings.Replace(good, change[0], change[1], 1)) == nil {
			t.Errorf("%s fits the schema", name)
		}
	}
}
