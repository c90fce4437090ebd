package io.echo.net.workarounds;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;

/**
 * Keeps a descriptor in the set of an epoll loop while its channel waits for nothing. Netty
 * (4.2.18) takes it out then, and cannot wait for anything afterwards (epoll_ctl(2) fails with
 * ENOENT): a connection whose peer has finished, and to which bytes are written later, loses them
 * once the send buffer is full.
 *
 * <p>The kernel reports errors and hang-ups in any case. The first one that comes while the channel
 * waits for nothing takes the descriptor out, as it would be reported again and again; an error is
 * handed on.
 */
public final class LastingEpoll implements IoHandler {
    private final IoHandler epoll;

    private LastingEpoll(IoHandler epoll) {
        this.epoll = epoll;
    }

    /** Makes the I/O side of event loops from that of Netty's epoll. */
    public static IoHandlerFactory of(IoHandlerFactory epoll) {
        return executor -> new LastingEpoll(epoll.newHandler(executor));
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        Lasting lasting = new Lasting((EpollIoHandle) handle);
        lasting.registration = epoll.register(lasting);
        return lasting;
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    /** Stands between a channel and its registration, for both. On the loop. */
    private static final class Lasting implements EpollIoHandle, IoRegistration {
        private final EpollIoHandle channel;
        private IoRegistration registration;

        /** Set while the channel waits for nothing. */
        private boolean waitsForNothing;

        Lasting(EpollIoHandle channel) {
            this.channel = channel;
        }

        @Override
        public long submit(IoOps ops) {
            waitsForNothing = ((EpollIoOps) ops).value() == 0;
            return registration.submit(waitsForNothing ? EpollIoOps.EPOLLERR : ops);
        }

        @Override
        public void handle(IoRegistration own, IoEvent event) {
            if (waitsForNothing) {
                registration.submit(EpollIoOps.NONE);
                if (!((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLERR)) {
                    return;
                }
            }
            channel.handle(this, event);
        }

        @Override
        public <T> T attachment() {
            return registration.attachment();
        }

        @Override
        public boolean isValid() {
            return registration.isValid();
        }

        @Override
        public boolean cancel() {
            return registration.cancel();
        }

        @Override
        public FileDescriptor fd() {
            return channel.fd();
        }

        @Override
        public void registered() {
            channel.registered();
        }

        @Override
        public void unregistered() {
            channel.unregistered();
        }

        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
