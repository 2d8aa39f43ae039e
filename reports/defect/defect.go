// Package defect brings a panic of one goroutine to the one that waits for it. A
// goroutine that panics alone ends the process by a crash, with whatever it
// panicked with on the console, which may be something that the target sent.
package defect

import "fmt"

// Panic says that a goroutine panicked. Of what it panicked with it holds the type
// only.
type Panic struct{ Type string }

func (p *Panic) Error() string {
	return fmt.Sprintf("a defect of omaspec (%s); please report it", p.Type)
}

// Guard returns f, with a panic as its error, a *Panic.
func Guard(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = Of(p)
			}
		}()
		return f()
	}
}

// Of is what was recovered, as an error.
func Of(recovered any) *Panic {
	if p, ok := recovered.(*Panic); ok {
		return p
	}
	return &Panic{fmt.Sprintf("%T", recovered)}
}
