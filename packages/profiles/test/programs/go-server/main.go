// Command go-server answers every request with its protocol: crypto/tls and net/http, the peer behind much of the web.
// It reads certificate and key from the files it is given and prints the port of each listener: h2, http/1.1, TLS 1.2.
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
)

func serve(certificate tls.Certificate, protocols []string, maximum uint16) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			fmt.Fprintf(writer, "%s %x", request.Proto, request.TLS.Version)
		}),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: protocols, MaxVersion: maximum},
	}
	if protocols[0] != "h2" {
		server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	}
	go func() { panic(server.ServeTLS(listener, "", "")) }()
	return listener.Addr().(*net.TCPAddr).Port
}

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2])
	if err != nil {
		panic(err)
	}
	both := []string{"h2", "http/1.1"}
	fmt.Println(serve(certificate, both, tls.VersionTLS13),
		serve(certificate, both[1:], tls.VersionTLS13),
		serve(certificate, both, tls.VersionTLS12))
	// Ends with the test: the pipe closes.
	buffer := make([]byte, 1)
	_, _ = os.Stdin.Read(buffer)
}
