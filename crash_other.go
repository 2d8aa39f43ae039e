//go:build !unix

package main

func dumpNothing() {}
