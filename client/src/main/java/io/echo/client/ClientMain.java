package io.echo.client;

final class ClientMain {
    private ClientMain() {}

    public static void main(String[] args) {}
}
