package box

import "github.com/labstack/echo/v4"

// pages are beside Ringback's own routes, in the box only.
func (w *World) pages(*echo.Echo) {}
