package caller_test

import (
	"context"
	"testing"

	"ringback/ivr"
	"ringback/ivr/caller"
)

// planted is a directory in which somebody changes the phones of people in mid-call.
type planted struct {
	*world
	phones []caller.Phone // nil: those on file
}

func (d *planted) ByID(ctx context.Context, id string) (caller.Person, bool, error) {
	p, found, err := d.world.ByID(ctx, id)
	if d.phones != nil && found {
		p.Phones = d.phones
	}
	return p, found, err
}

// A number that is planted in mid-call is as young as any other: no code goes there
// in the place of the old one, and no push is taken for one to another phone.
func TestPlantedInMidCall(t *testing.T) {
	const old, other, thief = "+19195550102", "+19195550112", "+19195550666"
	for name, tt := range map[string]struct {
		phones []caller.Phone
		sends  bool
	}{
		"as it was":               {nil, true},
		"in the place of the old": {[]caller.Phone{{Number: thief}, {Number: other}}, false},
		"before the old":          {[]caller.Phone{{Number: thief}, {Number: old}, {Number: other}}, false},
		"in another order":        {[]caller.Phone{{Number: other}, {Number: old}}, false},
		"one less":                {[]caller.Phone{{Number: old}}, false},
	} {
		for _, f := range []ivr.Factor{ivr.FactorTextedCode, ivr.FactorDuoPush} {
			t.Run(name+"/"+f.String(), func(t *testing.T) {
				var d *planted
				w := newWorldWith(t, func(o *caller.Options) {
					d = &planted{world: o.Directory.(*world)}
					o.Directory = d
				})
				call := ivr.Call{ID: "1000002", Passed: pinPassed, Code: ivr.Code{Factor: f, Effect: 4, Issued: noon.Unix(), Tries: 1}}
				call.Facts = w.do(t, call, ivr.LookUp{ID: call.ID}).(ivr.LookedUp).Facts
				d.phones = tt.phones
				w.do(t, call, ivr.SendCode{ID: call.ID, Code: call.Code, Ref: "r1"})
				if got := len(w.sent) + len(w.pushes); (got == 1) != tt.sends {
					t.Errorf("sent %v %v", w.sent, w.pushes)
				}
			})
		}
	}
}
