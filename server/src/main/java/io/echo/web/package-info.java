/** Self-contained HTML pages: styles and scripts inside, with the theme and the chart library. */
package io.echo.web;
