/*
 * nss-server answers every request with its protocol and TLS version: NSS as the server, the library that Firefox has.
 * (NSS's own selfserv knows no HTTP/2.) Arguments: an NSS database whose certificate is named "server". It prints the
 * port of each listener: h2 and http/1.1, http/1.1 alone, both with TLS 1.2 at most. It ends with its standard input.
 */
#include <nspr.h>
#include <nss.h>
#include <pk11pub.h>
#include <ssl.h>
#include <sslproto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_HEAD = 9, LARGEST_FRAME = 16384, LARGEST_HEAD = 16384 };
enum { DATA = 0, HEADERS = 1, SETTINGS = 4 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

static CERTCertificate *certificate;
static SECKEYPrivateKey *key;

typedef struct {
	PRFileDesc *socket;
	const char *protocols; /* As ALPN writes them, the last resort first: SSL_SetNextProtoNego moves it to the end. */
	PRUint16 newest;
} Listener;

typedef struct {
	PRFileDesc *socket;
} Connection;

static void fail(const char *what) {
	fprintf(stderr, "nss-server: %s: %s\n", what, PR_ErrorToName(PR_GetError()));
	exit(1);
}

static int read_all(PRFileDesc *socket, unsigned char *buffer, int length) {
	for (int have = 0; have < length;) {
		int count = PR_Read(socket, buffer + have, length - have);
		if (count <= 0) return 0;
		have += count;
	}
	return 1;
}

static int write_all(PRFileDesc *socket, const void *bytes, int length) {
	return PR_Write(socket, bytes, length) == length;
}

static int write_frame(PRFileDesc *socket, int kind, int flags, const unsigned char *stream, const void *body, int length) {
	unsigned char frame[FRAME_HEAD + 64] = {0, 0, length, kind, flags};
	memcpy(frame + 5, stream, 4);
	memcpy(frame + FRAME_HEAD, body, length);
	return write_all(socket, frame, FRAME_HEAD + length);
}

static void serve_http2(PRFileDesc *socket, const char *answer) {
	static const unsigned char connection[4] = {0};
	unsigned char head[FRAME_HEAD], body[LARGEST_FRAME];
	char preface[24];
	if (!read_all(socket, (unsigned char *)preface, sizeof preface)) return;
	if (memcmp(preface, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", sizeof preface) != 0) return;
	if (!write_frame(socket, SETTINGS, 0, connection, "", 0)) return;
	while (read_all(socket, head, sizeof head)) {
		int length = head[0] << 16 | head[1] << 8 | head[2];
		if (length > LARGEST_FRAME || !read_all(socket, body, length)) return;
		if (head[3] == SETTINGS && !(head[4] & ACK) && !write_frame(socket, SETTINGS, ACK, connection, "", 0)) return;
		if (head[3] != HEADERS || !(head[4] & END_STREAM)) continue;
		/* 0x88: `:status: 200` of the static table. */
		if (!write_frame(socket, HEADERS, END_HEADERS, head + 5, "\x88", 1)) return;
		if (!write_frame(socket, DATA, END_STREAM, head + 5, answer, strlen(answer))) return;
	}
}

static void serve_http1(PRFileDesc *socket, const char *answer) {
	char head[LARGEST_HEAD + 1] = "";
	int have = 0;
	for (;;) {
		int count = PR_Read(socket, head + have, LARGEST_HEAD - have);
		if (count <= 0) return;
		have += count;
		head[have] = 0;
		if (!strstr(head, "\r\n\r\n")) continue;
		char response[128];
		int length = snprintf(response, sizeof response, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(answer), answer);
		if (!write_all(socket, response, length)) return;
		have = 0;
	}
}

static void serve(void *argument) {
	PRFileDesc *socket = ((Connection *)argument)->socket;
	free(argument);
	SSLNextProtoState state;
	SSLChannelInfo channel;
	unsigned char protocol[16] = "";
	unsigned int length = 0;
	char answer[48];
	if (SSL_ForceHandshake(socket) == SECSuccess &&
	    SSL_GetNextProto(socket, &state, protocol, &length, sizeof protocol - 1) == SECSuccess &&
	    SSL_GetChannelInfo(socket, &channel, sizeof channel) == SECSuccess) {
		protocol[length] = 0;
		snprintf(answer, sizeof answer, "%s %x", protocol, channel.protocolVersion);
		if (strcmp((char *)protocol, "h2") == 0) serve_http2(socket, answer);
		else serve_http1(socket, answer);
	}
	PR_Close(socket);
}

/* Adds TLS to an accepted socket and gives it a thread. */
static void start(PRFileDesc *plain, const Listener *listener) {
	PRFileDesc *socket = SSL_ImportFD(NULL, plain);
	SSLVersionRange range = {SSL_LIBRARY_VERSION_TLS_1_2, listener->newest};
	/* Answers are several small writes. */
	PRSocketOptionData at_once = {.option = PR_SockOpt_NoDelay, .value = {.no_delay = PR_TRUE}};
	if (!socket || PR_SetSocketOption(socket, &at_once) != PR_SUCCESS || SSL_OptionSet(socket, SSL_SECURITY, PR_TRUE) != SECSuccess ||
	    SSL_OptionSet(socket, SSL_HANDSHAKE_AS_SERVER, PR_TRUE) != SECSuccess ||
	    SSL_VersionRangeSet(socket, &range) != SECSuccess ||
	    SSL_ConfigServerCert(socket, certificate, key, NULL, 0) != SECSuccess ||
	    SSL_SetNextProtoNego(socket, (const unsigned char *)listener->protocols, strlen(listener->protocols)) != SECSuccess ||
	    SSL_ResetHandshake(socket, PR_TRUE) != SECSuccess)
		fail("TLS");
	Connection *connection = malloc(sizeof *connection);
	connection->socket = socket;
	if (!PR_CreateThread(PR_USER_THREAD, serve, connection, PR_PRIORITY_NORMAL, PR_GLOBAL_THREAD, PR_UNJOINABLE_THREAD, 0))
		fail("thread");
}

static void accept_all(void *argument) {
	const Listener *listener = argument;
	for (;;) {
		PRFileDesc *plain = PR_Accept(listener->socket, NULL, PR_INTERVAL_NO_TIMEOUT);
		if (!plain) fail("accept");
		start(plain, listener);
	}
}

static void listen_to(Listener *listener) {
	PRNetAddr address;
	PR_InitializeNetAddr(PR_IpAddrLoopback, 0, &address);
	listener->socket = PR_NewTCPSocket();
	if (!listener->socket || PR_Bind(listener->socket, &address) != PR_SUCCESS || PR_Listen(listener->socket, 16) != PR_SUCCESS ||
	    PR_GetSockName(listener->socket, &address) != PR_SUCCESS)
		fail("listen");
	printf("%d ", PR_ntohs(address.inet.port));
	if (!PR_CreateThread(PR_USER_THREAD, accept_all, listener, PR_PRIORITY_NORMAL, PR_GLOBAL_THREAD, PR_UNJOINABLE_THREAD, 0))
		fail("thread");
}

int main(int count, char **arguments) {
	static Listener listeners[] = {
		{NULL, "\x08http/1.1\x02h2", SSL_LIBRARY_VERSION_TLS_1_3},
		{NULL, "\x08http/1.1", SSL_LIBRARY_VERSION_TLS_1_3},
		{NULL, "\x08http/1.1\x02h2", SSL_LIBRARY_VERSION_TLS_1_2},
	};
	if (count != 2 || NSS_Init(arguments[1]) != SECSuccess || NSS_SetDomesticPolicy() != SECSuccess ||
	    SSL_ConfigServerSessionIDCache(0, 0, 0, NULL) != SECSuccess)
		fail("start");
	certificate = PK11_FindCertFromNickname("server", NULL);
	key = certificate ? PK11_FindKeyByAnyCert(certificate, NULL) : NULL;
	if (!key) fail("certificate");
	for (size_t at = 0; at < sizeof listeners / sizeof *listeners; at++) listen_to(&listeners[at]);
	printf("\n");
	fflush(stdout);
	while (getchar() != EOF) {
	}
	return 0;
}
