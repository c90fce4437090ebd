package io.echo.bench;

final class BenchMain {
    private BenchMain() {}

    public static void main(String[] args) {}
}
