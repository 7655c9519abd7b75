package org.kodanik.check

import java.awt.image.BufferedImage
import java.awt.image.IndexColorModel
import java.io.File
import javax.imageio.IIOImage
import javax.imageio.ImageIO
import javax.imageio.ImageWriteParam
import kotlin.math.abs

/** Pictures of screens: few colours, hard edges. A palette keeps them small. */
object Png {
    private const val COLOURS = 64

    fun write(picture: BufferedImage, file: File) {
        file.parentFile.mkdirs()
        val writer = ImageIO.getImageWritersByFormatName("png").next()
        val parameters = writer.defaultWriteParam.apply {
            compressionMode = ImageWriteParam.MODE_EXPLICIT
            compressionQuality = 0f
        }
        ImageIO.createImageOutputStream(file.apply { delete() }).use { stream ->
            writer.output = stream
            writer.write(null, IIOImage(indexed(picture), null, null), parameters)
        }
        writer.dispose()
    }

    /** The colours that are there most often, and for every other one the nearest of these. */
    private fun indexed(picture: BufferedImage): BufferedImage {
        val pixels = picture.getRGB(0, 0, picture.width, picture.height, null, 0, picture.width)
        val counts = HashMap<Int, Int>()
        pixels.forEach { counts.merge(it and 0xFFFFFF, 1, Int::plus) }
        val palette = counts.entries.sortedWith(compareBy({ -it.value }, { it.key })).take(COLOURS).map { it.key }
        val indices = palette.withIndex().associate { it.value to it.index }.toMutableMap()
        val model = IndexColorModel(
            8, palette.size,
            ByteArray(palette.size) { (palette[it] shr 16).toByte() },
            ByteArray(palette.size) { (palette[it] shr 8).toByte() },
            ByteArray(palette.size) { palette[it].toByte() },
        )
        val indexed = BufferedImage(picture.width, picture.height, BufferedImage.TYPE_BYTE_INDEXED, model)
        val bytes = ByteArray(pixels.size) { at ->
            val colour = pixels[at] and 0xFFFFFF
            indices.getOrPut(colour) { palette.indices.minBy { distance(palette[it], colour) } }.toByte()
        }
        indexed.raster.setDataElements(0, 0, picture.width, picture.height, bytes)
        return indexed
    }

    /** Whether two pictures look the same: another machine may round a pixel otherwise. */
    fun isSame(one: BufferedImage, other: BufferedImage): Boolean {
        if (one.width != other.width || one.height != other.height) return false
        return (0 until one.height).all { y ->
            (0 until one.width).all { x -> distance(one.getRGB(x, y), other.getRGB(x, y)) <= NOTICEABLE }
        }
    }

    private const val NOTICEABLE = 48

    private fun distance(one: Int, other: Int): Int =
        listOf(16, 8, 0).sumOf { abs((one shr it and 0xFF) - (other shr it and 0xFF)) }
}
