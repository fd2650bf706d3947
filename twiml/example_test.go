package twiml_test

import (
	"fmt"

	"ringback/twiml"
)

func Example() {
	r := twiml.Response{Verbs: []twiml.Verb{
		twiml.Gather{
			Action:      "/voice/turn?n=1",
			NumDigits:   1,
			FinishOnKey: twiml.Some(""),
			Prompts:     []twiml.Prompt{twiml.SayText("If your number is the same, press 1.")},
		},
		twiml.Redirect{URL: "/voice/turn?n=1"},
	}}
	fmt.Println(string(r.Append(nil)))
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/voice/turn?n=1" numDigits="1" finishOnKey=""><Say>If your number is the same, press 1.</Say></Gather><Redirect>/voice/turn?n=1</Redirect></Response>
}

func ExampleParse() {
	r, err := twiml.Parse([]byte(`<Response><Say>Your code is <say-as interpret-as="digits">123</say-as>.</Say><Hangup/></Response>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range r.Verbs {
		switch v := v.(type) {
		case twiml.Say:
			fmt.Println(v.Element(), v.Text())
		default:
			fmt.Println(v.Element())
		}
	}
	_, err = twiml.Parse([]byte(`<Response><Gather numDigits="many"/></Response>`))
	fmt.Println(err)
	// Output:
	// Say Your code is 1 2 3.
	// Hangup
	// twiml: line 1, byte 10: attribute numDigits of <Gather>: must be a whole number from 1
}

func ExampleResponse_Validate() {
	err := twiml.Response{Verbs: []twiml.Verb{
		twiml.Gather{Prompts: []twiml.Prompt{twiml.Say{}}},
		twiml.Dial{},
	}}.Validate()
	fmt.Println(err)
	// Output:
	// twiml: Response/Gather[0]/Say[0]: has nothing to say
	// twiml: Response/Dial[1]: connects to nobody
}
