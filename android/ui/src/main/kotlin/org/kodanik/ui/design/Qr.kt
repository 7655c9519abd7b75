package org.kodanik.ui.design

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.widthIn
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel
import com.google.zxing.qrcode.encoder.ByteMatrix
import com.google.zxing.qrcode.encoder.Encoder
import kotlin.math.floor

/** Modules of quiet around a QR code (ISO/IEC 18004). */
private const val QUIET = 4

/**
 * A QR code, black on white by day and by night, since cameras want it so. What it says is drawn and goes nowhere else: no
 * saved state, no screen reader.
 */
@Composable
fun QrCode(text: String, label: String, modifier: Modifier = Modifier) {
    val matrix = remember(text) { Encoder.encode(text, ErrorCorrectionLevel.L).matrix }
    Canvas(
        modifier.widthIn(max = 360.dp).fillMaxWidth().aspectRatio(1f).background(Color.White).semantics {
            role = Role.Image
            contentDescription = label
        },
    ) {
        // Whole pixels: a module that is half a pixel wider than its neighbour is hard to read.
        val module = floor(size.minDimension / (matrix.width + 2 * QUIET))
        val margin = (size.minDimension - module * matrix.width) / 2
        dark(matrix).forEach { (x, y) ->
            drawRect(Color.Black, Offset(floor(margin) + x * module, floor(margin) + y * module), Size(module, module))
        }
    }
}

private fun dark(matrix: ByteMatrix): List<Pair<Int, Int>> =
    (0 until matrix.height).flatMap { y -> (0 until matrix.width).filter { matrix[it, y] == 1.toByte() }.map { it to y } }
