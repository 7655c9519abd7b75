package org.kodanik.ui.design

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.addPathNodes
import androidx.compose.ui.unit.dp

/** Line icons on a grid of 24, drawn for this app. */
object Icons {
    private const val RING = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0 -18 0"

    val Back = icon("M20 12H5", "M11 6l-6 6 6 6")
    val Backspace = icon("M9 5h11a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H9l-6-7Z", "M11.5 9.5l5 5", "M16.5 9.5l-5 5")
    val Ballot = icon("M3.5 13h17v7h-17Z", "M7 13V4h10v9", "M9.5 8l1.9 1.9 3.2-3.5")
    val Building = icon("M3.5 9.5L12 4l8.5 5.5Z", "M6.5 10v7", "M12 10v7", "M17.5 10v7", "M4 20h16")
    val Card = icon(
        "M4 5h16a1.5 1.5 0 0 1 1.5 1.5v11a1.5 1.5 0 0 1-1.5 1.5h-16a1.5 1.5 0 0 1-1.5-1.5v-11a1.5 1.5 0 0 1 1.5-1.5Z",
        "M6 15.5h4", "M14.5 9.5h4",
    )
    val Check = icon("M5 12.5l4.5 4.5L19 7.5")
    val CheckCircle = icon(RING, "M8 12.3l2.8 2.8L16 9.5")
    val Close = icon("M6 6l12 12", "M18 6L6 18")
    val Clock = icon(RING, "M12 7v5.2l3.4 2")
    val Document = icon("M6 3h8l4 4v14H6Z", "M14 3v4h4", "M9 12h6", "M9 16h6")
    val Down = icon("M5 9l7 7 7-7")
    val Eye = icon(
        "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5-9.5-6.5-9.5-6.5Z",
        "M9 12a3 3 0 1 0 6 0a3 3 0 1 0 -6 0",
    )
    val Info = icon(RING, "M12 11v5.5", "M12 7.6v.1")
    val Key = icon("M4 12a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "M12 12h8.5v3.5", "M17 12v2.8")
    val Lock = icon(
        "M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-12a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z",
        "M8 11V8a4 4 0 0 1 8 0v3",
    )
    val Next = icon("M9 5l7 7-7 7")
    val Person = icon("M8 8a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "M4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6")
    val Phone = icon(
        "M7.5 3h9a1.5 1.5 0 0 1 1.5 1.5v15a1.5 1.5 0 0 1-1.5 1.5h-9a1.5 1.5 0 0 1-1.5-1.5v-15a1.5 1.5 0 0 1 1.5-1.5Z",
        "M11 17.7h2",
    )
    val Refresh = icon("M20 12a8 8 0 1 1-2.4-5.7", "M20 3.5v4.5h-4.5")
    val Scan = icon(
        "M4 8V5a1 1 0 0 1 1-1h3", "M16 4h3a1 1 0 0 1 1 1v3", "M20 16v3a1 1 0 0 1-1 1h-3", "M8 20H5a1 1 0 0 1-1-1v-3",
        "M8.5 8.5h7v7h-7Z",
    )
    val Shield = icon(
        "M12 3l7.5 3v5.5c0 4.6-3.1 8-7.5 9.5-4.4-1.5-7.5-4.9-7.5-9.5V6Z", "M8.8 11.8l2.3 2.3 4.1-4.3",
    )
    val Up = icon("M5 15l7-7 7 7")
    val Warning = icon("M12 4L2.8 20h18.4Z", "M12 10.5v4", "M12 17.3v.1")

    private fun icon(vararg lines: String): ImageVector =
        ImageVector.Builder(defaultWidth = 24.dp, defaultHeight = 24.dp, viewportWidth = 24f, viewportHeight = 24f)
            .apply {
                lines.forEach {
                    addPath(
                        addPathNodes(it),
                        stroke = SolidColor(Color.Black),
                        strokeLineWidth = 1.8f,
                        strokeLineCap = StrokeCap.Round,
                        strokeLineJoin = StrokeJoin.Round,
                    )
                }
            }
            .build()
}
