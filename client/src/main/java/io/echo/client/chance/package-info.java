/**
 * Tests for what chance explains: the surplus of a part of many, silence, and the correction for
 * several tests.
 *
 * <p>Arithmetic alone. Names no other package of ours.
 */
package io.echo.client.chance;
