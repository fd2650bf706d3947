package box

import "ringback/ivr/duo/duobox"

// Person is one of the sample people, with what they know. The file directory
// knows them too, but only the hashes of their PINs.
type Person struct {
	Name    string
	ID      string // the unique ID that is keyed
	PIN     string // "" for who has none
	Numbers []string
	Note    string // what is special about them

	username string
}

// People are the sample people: the same in the directory and in Duo.
func People() []Person {
	return []Person{
		{"Dana Reyes", "1000001", "24681357", []string{"+19195550101"}, "The plain case: a new phone with the old number.", "dana"},
		{"Sam Okafor", "1000002", "13572468", []string{"+19195550102", "+19195550112"}, "Has two phones on file.", "sam"},
		{"Lee Novak", "1000003", "11223344", []string{"+19195550103"}, "Has privileges: nothing is done by phone.", "lee"},
		{"Kim Park", "1000005", "55667788", []string{"+19195550105"}, "The SIM was swapped two days ago.", "kim"},
		{"Noor Haddad", "1000006", "", []string{"+19195550106"}, "Never chose a PIN.", "noor"},
	}
}

// tabletOf has a tablet with Duo Mobile beside the phones.
const tabletOf = "sam"

// Users are the sample people as Duo knows them.
func Users() []duobox.User {
	var users []duobox.User
	for _, p := range People() {
		u := duobox.User{Username: p.username, RealName: p.Name}
		for _, n := range p.Numbers {
			u.Phones = append(u.Phones, duobox.Phone{Number: n})
		}
		if p.username == tabletOf { // a device for pushes that is not the phone in question
			u.Phones = append(u.Phones, duobox.Phone{Name: "Tablet", Platform: "Apple iOS", Activated: true})
		}
		users = append(users, u)
	}
	return users
}
