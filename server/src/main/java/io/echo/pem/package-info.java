/** Certificates and keys in PEM files, for the TLS of server and client. */
package io.echo.pem;
