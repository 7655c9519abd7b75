package org.kodanik.platform

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.ImageFormat
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CameraMetadata
import android.hardware.camera2.CaptureRequest
import android.hardware.camera2.params.OutputConfiguration
import android.hardware.camera2.params.SessionConfiguration
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.util.Size
import android.view.SurfaceHolder
import android.view.SurfaceView
import android.widget.FrameLayout

/**
 * The camera's picture, which fills the view, and the first QR code in it: `onText` is told once, on the main thread. Pictures are
 * looked at in memory and never kept. Needs the permission; `onUnavailable` where there is no camera, or another app has it.
 */
@SuppressLint("MissingPermission", "ViewConstructor")
class CameraView(
    context: Context,
    private val onText: (String) -> Unit,
    private val onUnavailable: () -> Unit,
) : FrameLayout(context), SurfaceHolder.Callback {
    private val manager = context.getSystemService(CameraManager::class.java)
    private val preview = SurfaceView(context)
    private var camera = ""
    private var size = Size(1280, 960)
    private var thread: HandlerThread? = null
    private var pictures: ImageReader? = null
    private var device: CameraDevice? = null
    private var hasTold = false

    init {
        addView(preview)
        preview.holder.addCallback(this)
    }

    override fun surfaceCreated(holder: SurfaceHolder) = guarded {
        camera = backCamera() ?: return@guarded onUnavailable()
        size = sizeOf(camera)
        // The system turns and scales the picture to the surface; the view has only to keep its shape.
        holder.setFixedSize(size.width, size.height)
        requestLayout()
    }

    override fun surfaceChanged(holder: SurfaceHolder, format: Int, width: Int, height: Int) {
        if (thread != null || width != size.width || height != size.height) return
        val thread = HandlerThread("camera").also { it.start() }
        this.thread = thread
        pictures = ImageReader.newInstance(width, height, ImageFormat.YUV_420_888, 2).apply {
            val reader = QrReader()
            setOnImageAvailableListener({ look(it, reader) }, Handler(thread.looper))
        }
        guarded { manager.openCamera(camera, context.mainExecutor, Opened()) }
    }

    override fun surfaceDestroyed(holder: SurfaceHolder) {
        device?.close()
        device = null
        thread?.quitSafely()
        thread?.join()
        thread = null
        pictures?.close()
        pictures = null
    }

    /** Covers the view: what is too much on one side is cut off on both ends. */
    override fun onLayout(changed: Boolean, left: Int, top: Int, right: Int, bottom: Int) {
        val isUpright = bottom - top > right - left
        val (width, height) = if (isUpright) size.height to size.width else size.width to size.height
        val scale = maxOf((right - left).toFloat() / width, (bottom - top).toFloat() / height)
        val x = ((right - left - width * scale) / 2).toInt()
        val y = ((bottom - top - height * scale) / 2).toInt()
        preview.layout(x, y, x + (width * scale).toInt(), y + (height * scale).toInt())
    }

    private fun look(reader: ImageReader, qr: QrReader) {
        val text = reader.acquireLatestImage()?.use { image ->
            val plane = image.planes[0]
            val luma = ByteArray(plane.buffer.remaining()).also { plane.buffer.get(it) }
            qr.read(luma, plane.rowStride, image.width, image.height)
        } ?: return
        post {
            if (!hasTold) {
                hasTold = true
                onText(text)
            }
        }
    }

    private fun backCamera(): String? = manager.cameraIdList.firstOrNull {
        manager.getCameraCharacteristics(it)[CameraCharacteristics.LENS_FACING] == CameraMetadata.LENS_FACING_BACK
    }

    /** The largest that a QR code of a screen needs, and no more: every picture is looked at. */
    private fun sizeOf(camera: String): Size {
        val offered = manager.getCameraCharacteristics(camera)[CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP]
        return offered?.getOutputSizes(ImageFormat.YUV_420_888).orEmpty()
            .filter { it.width * it.height <= 1280 * 960 }
            .maxByOrNull { it.width * it.height } ?: size
    }

    /** On the main thread, like everything here but the look at the pictures: what comes too late is closed at once. */
    private inner class Opened : CameraDevice.StateCallback() {
        override fun onOpened(camera: CameraDevice) {
            val reader = pictures ?: return camera.close()
            device = camera
            val surfaces = listOf(preview.holder.surface, reader.surface)
            guarded {
                val request = camera.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW).apply {
                    set(CaptureRequest.CONTROL_AF_MODE, CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE)
                    surfaces.forEach(::addTarget)
                }.build()
                val outputs = surfaces.map(::OutputConfiguration)
                val regular = SessionConfiguration.SESSION_REGULAR
                camera.createCaptureSession(SessionConfiguration(regular, outputs, context.mainExecutor, Configured(request)))
            }
        }

        override fun onDisconnected(camera: CameraDevice) = failed(camera)

        override fun onError(camera: CameraDevice, error: Int) = failed(camera)
    }

    private inner class Configured(private val request: CaptureRequest) : CameraCaptureSession.StateCallback() {
        override fun onConfigured(session: CameraCaptureSession) = guarded {
            if (device != null) session.setRepeatingRequest(request, null, null)
        }

        override fun onConfigureFailed(session: CameraCaptureSession) = failed(session.device)
    }

    private fun failed(camera: CameraDevice) {
        camera.close()
        onUnavailable()
    }

    /** The permission may be gone, another app may have the camera, and it may have been closed a moment ago. */
    private fun guarded(work: () -> Unit) = try {
        work()
    } catch (_: CameraAccessException) {
        onUnavailable()
    } catch (_: IllegalStateException) {
        onUnavailable()
    } catch (_: SecurityException) {
        onUnavailable()
    }
}
