"""What the two forms of http_message have in common in Python: an HTTP server and a client without anything else."""
import http.server
import json
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self, status, message):
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(json.dumps(message).encode())

    def log_message(self, *_):
        pass


def serve(handler):
    server = http.server.HTTPServer(('127.0.0.1', 0), handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def ask(url, body, text_of):
    """Prints the status, and the text that there is in a good reply or in the refusal."""
    try:
        with urllib.request.urlopen(url, body) as reply:
            print(reply.status, text_of(reply.read()))
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())
