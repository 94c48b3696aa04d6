/**
 * What `wiretwin --help` prints, and the table of options at once: a line makes an option. One with `<...>` takes a value.
 * Names and meanings are curl's where curl has them.
 */
export const usage = `Usage: wiretwin [options] <url>...
       wiretwin profiles
       wiretwin fingerprint <profile>
       wiretwin doctor
       wiretwin mirror [--port n] [--ca file]
       wiretwin capture --browser <program> | --wait [--port n] [--host name] [--ca file]
                        [--name n] [--base <profile>] [--out file] [--strict]

Request
  -X, --request <method>       method, for redirects too (default GET; POST with a body)
  -H, --header <line>          "Name: value", "Name;" for an empty value, "Name:" to leave a default out; @file
  -d, --data <text>            form body; @file reads a file without its line ends, @- standard input; joined by &
      --data-ascii <text>      as -d
      --data-raw <text>        as -d, without the meaning of @
      --data-binary <text>     as -d, a file byte for byte
      --data-urlencode <text>  as -d, encoded: text, =text, name=text, @file, name@file
      --url-query <text>       more of the query, encoded as by --data-urlencode; +text as it stands
  -G, --get                    put what -d and its kin say into the query
      --json <text>            JSON body with its content type; several are joined; @file
  -F, --form <name=value>      multipart field; name=@file attaches a file, name=<file reads its text;
                               ;type=mime and ;filename=name behind either; name=@a,b attaches both
      --form-string <name=value>   multipart field whose value is taken as it stands
  -T, --upload-file <file>     PUT this file
  -u, --user <user:pass>       basic authorization
      --oauth2-bearer <token>  bearer authorization
  -A, --user-agent <text>      instead of the browser's
  -e, --referer <url>          page that the request comes from, sent as it stands
      --referrer <url>         the same, sent as far as the browser's policy lets it
  -r, --range <range>          part of the file, 0-499
  -b, --cookie <pairs>         cookies "a=1; b=2", or without = a file to read cookies from
      --url <url>              a URL
  -K, --config <file>          more options from a file, a line each; - for standard input
      --kind <kind>            what the browser would be doing: navigate, fetch, xhr, image, ...
Connection
      --browser <profile>      default chrome; see "wiretwin profiles"; or the path of a profile file
      --os <system>            windows, macos, linux, android, ios
  -x, --proxy <url>            http, https, socks4, socks4a, socks5 or socks5h; "" for none
                               (default: https_proxy, HTTPS_PROXY, ALL_PROXY, for http http_proxy)
  -U, --proxy-user <user:pass> credentials for the proxy
      --proxy-header <line>    field for the proxy alone
      --noproxy <list>         hosts to reach directly, separated by commas (default: NO_PROXY)
      --socks4 <host>
      --socks4a <host>
      --socks5 <host>
      --socks5-hostname <host>
  -k, --insecure               accept any certificate
      --cacert <file>          trust these certificates too
  -E, --cert <file>            client certificate (PEM), or with --cert-type P12 a container; file:password
      --cert-type <type>       PEM or P12
      --key <file>             its private key
      --pass <password>        of the key
      --resolve <host:port:address>
  -4, --ipv4                   look names up as IPv4 addresses alone
  -6, --ipv6                   as IPv6 addresses alone
      --interface <address>    local address to connect from
      --http1.1                HTTP/1.1 only
      --http2                  HTTP/2 only
      --connect-timeout <seconds>  limit for each step of connecting
  -m, --max-time <seconds>     limit for the whole transfer
Response
  -L, --location               follow redirects
      --post301                stay POST after a 301
      --post302                after a 302
      --post303                after a 303
      --max-redirs <number>    at most so many; -1 for no limit (default 20)
  -o, --output <file>          write the body to a file
  -O, --remote-name            write it to a file that is called as in the URL
      --remote-name-all        for each URL
  -J, --remote-header-name     called as Content-Disposition says, with -O
      --output-dir <folder>    where those files go
      --create-dirs            make the folders
  -C, --continue-at <offset>   go on from there; - from the end of the file
      --retry <number>         try again after a timeout, 408, 429, 500, 502, 503 and 504
      --retry-delay <seconds>  wait so long before (default 1, doubled each time)
      --retry-max-time <seconds>  give up after
      --retry-connrefused      after a refused connection, too
      --retry-all-errors       after any failure
      --fail-early             stop at the first URL that fails
  -i, --include                print the heads before the body
  -I, --head                   HEAD request, print the heads
  -D, --dump-header <file>     write the heads to a file; - for standard output
  -w, --write-out <format>     print this at the end: %{http_code}, %{url_effective}, %{time_total}, \\n, ...
  -v, --verbose                print what was sent and received to standard error
  -s, --silent                 no progress, no errors
  -S, --show-error             errors even so
  -f, --fail                   exit status 22 and no body for status 400 and above
      --fail-with-body         the same, but with the body
      --max-filesize <bytes>   longest body
  -c, --cookie-jar <file>      write cookies to this file in the end (Netscape format)
  -h, --help
  -V, --version
`;

/** Options of curl that change nothing here, each with its reason. */
export const withoutEffect = `
      --compressed             bodies are always asked for and decoded as the browser does
  -g, --globoff                brackets and braces in URLs have no meaning here
  -N, --no-buffer              nothing is buffered
  -#, --progress-bar           a transfer worth showing has a bar
      --no-progress-meter
  -q, --disable                there is no configuration file
      --tcp-nodelay            always
`;
