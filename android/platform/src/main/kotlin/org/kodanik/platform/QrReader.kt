package org.kodanik.platform

import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.ReaderException
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader

/** Finds a QR code in the brightness of a camera's picture, however it is turned. For one thread. */
class QrReader {
    private val reader = QRCodeReader()

    /** `luma` has `height` rows of `rowStride` bytes, of which `width` are picture; the last row may end with the picture. */
    fun read(luma: ByteArray, rowStride: Int, width: Int, height: Int): String? {
        val source = PlanarYUVLuminanceSource(luma, rowStride, height, 0, 0, width, height, false)
        return try {
            reader.decode(BinaryBitmap(HybridBinarizer(source)), HINTS).text
        } catch (_: ReaderException) {
            null
        } finally {
            reader.reset()
        }
    }

    private companion object {
        val HINTS = mapOf(DecodeHintType.TRY_HARDER to true)
    }
}
