package io.echo.server;

final class ServerMain {
    private ServerMain() {}

    public static void main(String[] args) {}
}
